"""What is asked of kernels and daemons, one file a layer; each gives parts of `lab.diagnose.evidence`."""

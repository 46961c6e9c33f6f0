"""A folder that `containerlab deploy` alone brings to Established: a topology, FRR's files, and a start script."""

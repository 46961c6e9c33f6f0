"""The containerlab engine: nodes are containers, made and removed by the containerlab binary."""

"""What brings the list into the tools of others: a module for each, which imports its tool and nothing else."""

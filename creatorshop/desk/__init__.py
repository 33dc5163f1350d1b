"""What runs the whole shop on one machine: free ports, the processes, their supervisor, a stranger's page."""

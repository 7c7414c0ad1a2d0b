"""The learner's side: the lab object in the kernel, what it shows, the notebooks, and JupyterLab."""

"""What the emulated account makes of steps over every service of the course. `python -m benchmarks.probe`."""

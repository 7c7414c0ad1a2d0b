"""The only way to a verdict: `assess` judges an account by a section's rubric."""

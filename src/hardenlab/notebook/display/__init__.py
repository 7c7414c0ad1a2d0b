"""What a learner reads: answers of an attempt as text and as HTML. Standard library only: kernels load this."""

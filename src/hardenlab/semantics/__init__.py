"""Pure evaluators: documents in, a verdict with its reasons out. No boto3, no network."""

"""What a user would pick instead, measured beside us by ``make performance``; in an environment of their own (.venv-peers)."""

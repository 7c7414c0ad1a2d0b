"""The front: the only door to an emulated account, live and on replay. It knows no particular environment."""

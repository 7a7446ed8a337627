"""MLID Desktop: a workstation that enrols people once and checks them again, wholly on one machine."""

__version__ = "0.1.0"

"""Capture in the window: preview, gauges, hints and sounds for faces, fingers and voices."""

"""Converts published weights into ONNX files; see :func:`~mlid_desktop.models.conversion.recipes.build`."""

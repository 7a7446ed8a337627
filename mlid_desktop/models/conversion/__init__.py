"""ONNX files made of published weights; see :func:`~mlid_desktop.models.conversion.recipes.build`."""

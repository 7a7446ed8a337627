"""Model files: from the manifest to a verified ONNX session; see :class:`~mlid_desktop.models.store.ModelStore`."""

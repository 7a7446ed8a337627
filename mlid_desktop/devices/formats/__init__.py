"""Readers and writers of the formats of files and services: image headers and decoding, WSQ, ISO/IEC 19794-4,
resampling."""

"""What files and services hold: image headers and decoding, WSQ, ISO/IEC 19794-4, resampling."""

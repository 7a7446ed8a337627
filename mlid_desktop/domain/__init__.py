"""The terms of the program (ISO/IEC 2382-37) as frozen values, error codes and ports; it imports no other package of
the program."""

"""The words of the house (ISO/IEC 2382-37) as frozen values, error codes and ports; it imports no other room."""

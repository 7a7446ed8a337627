"""The key file: slots, key derivation, recovery code, device secret, unlock throttle."""

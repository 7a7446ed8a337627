"""The register that many desks share: a PostgreSQL database that holds ciphertexts and signed changes."""

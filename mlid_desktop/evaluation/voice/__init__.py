"""How good the voice is: speakers, prompted digits, channels, attacks."""

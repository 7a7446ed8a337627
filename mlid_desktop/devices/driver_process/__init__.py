"""A bounded child: a program in a process of its own, the messages it speaks in, and the limits it sets itself."""

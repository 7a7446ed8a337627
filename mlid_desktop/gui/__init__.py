"""The window of the program: presenters are pure, views and widgets show what they say, one bridge crosses from threads
to Qt."""

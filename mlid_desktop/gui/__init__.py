"""The window: presenters are pure, views and widgets show what they say, one bridge crosses from threads to Qt."""

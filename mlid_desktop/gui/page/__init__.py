"""What every page is made of: the base of pages and views, faults, help, navigation, printing."""

"""Parts that every page uses: the base of pages and views, faults, help, navigation, printing."""

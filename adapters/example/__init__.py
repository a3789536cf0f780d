"""The room to copy: the shortest one that has every part."""

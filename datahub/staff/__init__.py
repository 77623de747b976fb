"""What the staff's pages have in common: lists of big tables, cells and titles in words, the words of their acts."""

"""What the pages of readings have in common: what is asked for, the picture of it, the tables of workbooks."""

"""The market's codes and faults in the words of pages."""

"""Windows that ask for something before they go away; everything else is a panel or a banner."""

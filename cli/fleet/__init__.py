"""Workers, decisions and costs, as a person looks at them."""

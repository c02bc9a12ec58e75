"""Those who hear and write, by name: the engines of this machine, the makers of the paid ones."""

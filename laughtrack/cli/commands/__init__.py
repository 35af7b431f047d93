"""The commands, a file a group: options in, one call of the library, a table or a sentence out."""

"""What is changed and refused between authorization and the store."""

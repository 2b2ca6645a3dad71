"""The dialogue: who may say what to which assistant, the commands and their answers. Words, not wires."""

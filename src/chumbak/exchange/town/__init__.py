"""An invented town, so that a newcomer can walk every role in five minutes. Nobody and nothing in it is real."""

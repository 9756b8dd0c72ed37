"""Images of the process driver: programs of the standard library alone, run by a catalogue entry's command."""

"""What every HTTP request passes, whichever door it goes to."""

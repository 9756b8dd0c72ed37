"""Copies of videos, sounds and documents, made by ffmpeg and pdftoppm where they are installed."""

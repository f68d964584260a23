"""What the explorer serves besides its pages: health and thumbnails."""

"""What the explorer serves besides its pages: health, thumbnails and exports."""

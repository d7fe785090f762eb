"""Pictures: processed, stored on disk or at Cloudinary, served, and deleted when nothing shows them."""

"""Labels from Amazon Rekognition, for those who have an account and the right to ask."""

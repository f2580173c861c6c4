"""What is compared: encoders and the baselines that they have to beat. Every method makes unit vectors of pictures."""

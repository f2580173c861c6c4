package org.lookalike.image;

/**
 * What a file says of itself beside its pixels; null where it says nothing, or nothing sensible.
 *
 * @param takenAt ISO 8601, in the camera's local time
 * @param camera maker and model
 * @param latitude degrees, positive in the north; null if the longitude is
 * @param longitude degrees, positive in the east
 */
public record ExifFacts(String takenAt, String camera, Double latitude, Double longitude) {

  public static final ExifFacts NONE = new ExifFacts(null, null, null, null);
}

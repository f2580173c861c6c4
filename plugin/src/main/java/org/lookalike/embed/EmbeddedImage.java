package org.lookalike.embed;

import java.util.List;
import org.lookalike.image.DecodedImage;

/**
 * A picture and what the network made of it.
 *
 * @param vectors one embedding for each view that was asked for, the picture as it is first
 */
public record EmbeddedImage(DecodedImage image, List<float[]> vectors) {}

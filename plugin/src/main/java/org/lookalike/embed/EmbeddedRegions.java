package org.lookalike.embed;

import java.util.List;
import org.lookalike.image.DecodedImage;

/**
 * A picture and what the network made of its regions.
 *
 * @param regions the whole picture first, then those that are not blank
 */
public record EmbeddedRegions(DecodedImage image, List<EmbeddedRegion> regions) {}

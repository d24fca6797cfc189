package erp;

import java.util.UUID;

import javax.persistence.AttributeConverter;
import javax.persistence.Converter;

/** Keeps a GUID as its text, so that it is ordered as it is read. */
@Converter
public class GuidText implements AttributeConverter<UUID, String> {
    @Override
    public String convertToDatabaseColumn(UUID guid) {
        return guid == null ? null : guid.toString();
    }

    @Override
    public UUID convertToEntityAttribute(String text) {
        return text == null ? null : UUID.fromString(text);
    }
}
